export function isText(password: unknown): password is string {
  return typeof password === 'string' && password !== ''
}
