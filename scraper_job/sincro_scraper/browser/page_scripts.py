"""The few lines of JavaScript that run in the application's page: they look, they change nothing.

Kept together so that one sees at a glance what is asked of a page. One call each, whatever the size of the list.
"""

_FLAT = """(root) => {
    // A copy of a tree in a document without scripts, with shadow trees put where a person sees them.
    const inert = document.implementation.createHTMLDocument('');
    const copyOf = (node) => {
      if (node.nodeType !== 1) return inert.importNode(node, false);
      if (node.tagName === 'SLOT') {
        const part = inert.createDocumentFragment();
        const given = node.assignedNodes();
        for (const child of given.length ? given : node.childNodes) part.append(copyOf(child));
        return part;
      }
      const copy = inert.importNode(node, false);
      for (const child of (node.shadowRoot || node).childNodes) copy.append(copyOf(child));
      return copy;
    };
    return copyOf(root);
  }"""
"""Custom elements keep their content in shadow trees, which a page's HTML does not show."""

_HAS_SHADOWS = """(root) => {
    for (const element of root.querySelectorAll('*')) if (element.shadowRoot) return true;
    return false;
  }"""

HTML_OF_PAGE = f"""(limit) => {{
  const root = document.documentElement;
  if (!root) return null;
  const size = root.innerHTML.length;
  if (size > limit) return {{tooLarge: size}};
  if (({_HAS_SHADOWS})(root)) return {{html: ({_FLAT})(root).outerHTML}};
  const fields = root.querySelectorAll('input, select, textarea');
  if (!fields.length) return {{html: root.outerHTML}};
  const inert = document.implementation.createHTMLDocument('');
  const copy = inert.importNode(root, true);
  const copies = copy.querySelectorAll('input, select, textarea');
  fields.forEach((field, index) => {{
    const twin = copies[index];
    if (!twin || twin.tagName !== field.tagName) return;
    if (field.tagName === 'SELECT') {{
      [...field.options].forEach((option, at) => {{
        if (twin.options[at]) twin.options[at].toggleAttribute('selected', option.selected);
      }});
    }} else if (field.tagName === 'TEXTAREA') {{
      twin.textContent = field.value;
    }} else if (field.type === 'checkbox' || field.type === 'radio') {{
      twin.toggleAttribute('checked', field.checked);
    }} else if (field.type !== 'password' && field.type !== 'file') {{
      twin.setAttribute('value', field.value);
    }}
  }});
  return {{html: copy.outerHTML}};
}}"""
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
  if (!document.documentElement) return '';
  const hash = {_HASH};
  const root = ({_HAS_SHADOWS})(document.documentElement) ? ({_FLAT})(document.documentElement) : document;
  let text = '';
  for (const part of root.querySelectorAll(selector)) {{
    text += part.textContent + '\\u0001';
    for (const field of part.querySelectorAll('input, textarea')) text += field.value + '\\u0002';
  }}
  return hash(text);
}}"""
"""A short mark of what the list shows: two marks are equal exactly when the texts are."""

_SCROLLERS = """(selector) => {
    // What can be scrolled down and holds the list, or stands in it: the one with the longest way first.
    const long = (box) => box.scrollHeight - box.clientHeight > 1 && box.clientHeight > 0;
    const scrolls = (box) => long(box) && /auto|scroll|overlay/.test(getComputedStyle(box).overflowY);
    const found = new Set();
    for (const part of document.querySelectorAll(selector)) {
      for (let box = part; box && box !== document.body; box = box.parentElement) {
        if (found.has(box)) break;
        if (scrolls(box)) found.add(box);
      }
      if (found.size > 20) break;
    }
    for (const part of document.querySelectorAll(`:is(${selector}) div`)) if (scrolls(part)) found.add(part);
    return [...found].sort((a, b) => b.scrollHeight - b.clientHeight - a.scrollHeight + a.clientHeight);
  }"""

SCROLL_ON = f"""(given) => {{
  const element = given && given.nodeType ? given : null;
  const boxes = element ? [element] : [document.scrollingElement];
  if (typeof given === 'string') boxes.push(...({_SCROLLERS})(given).slice(0, 1));
  for (const box of boxes) box.scrollTop = box.scrollHeight;
  return boxes[0].scrollHeight;
}}"""
"""Scroll to the end: an element, or the page and what scrolls around the list that a selector finds."""

SCROLL_STEP = f"""(given) => {{
  const element = given && given.nodeType ? given : null;
  const box = element || ({_SCROLLERS})(given)[0] || document.scrollingElement;
  const before = box.scrollTop;
  box.scrollTop = before + Math.max(1, Math.floor(box.clientHeight * 0.8));
  return box.scrollTop > before;
}}"""
"""Scroll on by less than what is in view; false at the end."""

WORDS_OF_PAGE = """() => {
  const seen = (e) => { const b = e.getBoundingClientRect(); return b.width > 0 && b.height > 0; };
  const fits = (w) => w.length <= 40 && !/['"]/.test(w);
  const short = (t) => { const w = (t || '').trim().split(/\\s+/).join(' '); return fits(w) ? w : ''; };
  const words = new Set();
  const add = (kind, text) => { if (short(text) && words.size < 24) words.add(`${kind}=${short(text)}`); };
  for (const e of document.querySelectorAll('input, select, textarea, button, a[href], [role=button], [role=tab]')) {
    if (!seen(e) || e.closest('td, [role=row], [role=gridcell]')) continue;
    const field = /^(INPUT|SELECT|TEXTAREA)$/.test(e.tagName);
    const button = e.tagName === 'BUTTON' || e.getAttribute('role') === 'button' || /submit|button/.test(e.type || '');
    if (field && !button) {
      const label = e.labels && e.labels[0] ? e.labels[0].textContent : e.getAttribute('aria-label');
      if (short(label)) add('label', label);
      else if (e.placeholder) add('placeholder', e.placeholder);
      else if (e.id) add('id', e.id);
    } else {
      const role = e.getAttribute('role');
      const kind = /^(tab|menuitem|link)$/.test(role || '') ? role : button ? 'button' : 'link';
      add(kind, e.getAttribute('aria-label') || (field ? e.value : e.innerText) || e.title);
    }
  }
  return [...words];
}"""
"""The first fields, buttons and links that are to be seen, as locators: what an error says there is instead."""
