/** A choice about the look of the page, kept where the server sees it, so that the next page comes right at once. */
export function keep(name, value) {
  const age = value ? 365 * 24 * 3600 : 0;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
}
