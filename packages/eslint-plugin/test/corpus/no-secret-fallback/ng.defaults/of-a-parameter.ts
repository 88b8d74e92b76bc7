export function connect(user: string, password = 'root') {
  return { user, password }
}
