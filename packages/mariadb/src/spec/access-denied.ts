/** Access denied, in the numbers of MariaDB: mysql2 has names of MySQL for them. */
const REFUSED: ReadonlySet<unknown> = new Set([1045, 1698])

/** Whether the server refused the login. A pool of `mariadb` has that as the cause of its own error. */
export function isAccessDenied(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return REFUSED.has((error as { errno?: unknown }).errno) || isAccessDenied(error.cause)
}
