"""The few lines of JavaScript that run in the application's page: they look, they change nothing.

Kept together so that one sees at a glance what is asked of a page. One call each, whatever the size of the list.
"""

HTML_OF_PAGE = """(limit) => {
  const root = document.documentElement;
  const size = root.innerHTML.length;
  if (size > limit) return {tooLarge: size};
  const fields = root.querySelectorAll('input, select, textarea');
  if (!fields.length) return {html: root.outerHTML};
  const inert = document.implementation.createHTMLDocument('');
  const copy = inert.importNode(root, true);
  const copies = copy.querySelectorAll('input, select, textarea');
  fields.forEach((field, index) => {
    const twin = copies[index];
    if (!twin || twin.tagName !== field.tagName) return;
    if (field.tagName === 'SELECT') {
      [...field.options].forEach((option, at) => {
        if (twin.options[at]) twin.options[at].toggleAttribute('selected', option.selected);
      });
    } else if (field.tagName === 'TEXTAREA') {
      twin.textContent = field.value;
    } else if (field.type === 'checkbox' || field.type === 'radio') {
      twin.toggleAttribute('checked', field.checked);
    } else if (field.type !== 'password' && field.type !== 'file') {
      twin.setAttribute('value', field.value);
    }
  });
  return {html: copy.outerHTML};
}"""
"""The page as HTML, with what stands in its fields written into their attributes, as the application's HTML has it."""

_HASH = """(text) => {
    let a = 0x811c9dc5, b = 0x1000193;
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      a = Math.imul(a ^ c, 0x01000193); b = Math.imul(b ^ c, 0x85ebca6b);
    }
    return (a >>> 0).toString(36) + '.' + (b >>> 0).toString(36) + '.' + text.length;
  }"""

LIST_MARK = f"""(selector) => {{
  const hash = {_HASH};
  let text = '';
  for (const part of document.querySelectorAll(selector)) text += part.textContent + '\\u0001';
  return hash(text);
}}"""
"""A short mark of what the list shows: two marks are equal exactly when the texts are."""

LIST_CHANGED = f"""([selector, before]) => {{
  const mark = ({LIST_MARK})(selector);
  return mark !== before;
}}"""

SCROLL_ON = """(element) => {
  const box = element || document.scrollingElement;
  box.scrollTop = box.scrollHeight;
  return box.scrollHeight;
}"""
