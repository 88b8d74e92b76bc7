/** `path` without slashes at its ends. A pattern would take quadratic time over slashes inside. */
export function trimSlashes(path: string): string {
  let start = 0
  let end = path.length
  while (path.charAt(start) === '/') start += 1
  while (end > start && path.charAt(end - 1) === '/') end -= 1
  return path.slice(start, end)
}
