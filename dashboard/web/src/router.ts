// Which page an address stands for. Filters live in the query, so that an address can be handed on.

export interface Route {
  page: string;
  params: Record<string, string>;
  query: URLSearchParams;
}

const PATHS: [RegExp, string, string[]][] = [
  [/^$/, "overview", []],
  [/^queue$/, "queue", []],
  [/^tasks\/([^/]+)\/([^/]+)$/, "task", ["namespace", "id"]],
  [/^schedules$/, "schedules", []],
  [/^history$/, "history", []],
  [/^dead-letters$/, "dead-letters", []],
  [/^sources$/, "sources", []],
];

function base(): URL {
  return new URL(document.baseURI);
}

export function currentRoute(): Route {
  const path = location.pathname.slice(base().pathname.length).replace(/\/+$/, "");
  const query = new URLSearchParams(location.search);
  for (const [pattern, page, names] of PATHS) {
    const match = pattern.exec(path);
    if (!match) continue;
    try {
      const params = Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? "")]));
      return { page, params, query };
    } catch {
      break; // cut off in the middle of a letter
    }
  }
  return { page: "not-found", params: {}, query };
}

/** The address of a page, relative to where the dashboard is mounted. */
export function href(path: string, query: Record<string, string | readonly string[] | undefined> = {}): string {
  const url = new URL(path, base());
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each) url.searchParams.append(name, each);
  }
  return url.pathname + url.search;
}

export function taskHref(task: { namespace: string; id: string }): string {
  return href(`tasks/${encodeURIComponent(task.namespace)}/${encodeURIComponent(task.id)}`);
}

export function navigate(to: string, { replace = false } = {}): void {
  history[replace ? "replaceState" : "pushState"](null, "", to);
  window.dispatchEvent(new Event("sincro:route"));
}

/** Follow links of our own without loading the page again. */
export function followLinks(): void {
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.composedPath().find((node): node is HTMLAnchorElement => node instanceof HTMLAnchorElement);
    if (!link || link.target || link.hasAttribute("download") || link.dataset.outside !== undefined) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !url.pathname.startsWith(base().pathname) || url.hash) return;
    event.preventDefault();
    navigate(url.pathname + url.search);
  });
  window.addEventListener("popstate", () => window.dispatchEvent(new Event("sincro:route")));
}
