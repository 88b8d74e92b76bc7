export function login(username: string, password: string): boolean {
  return username === 'admin' && password === 'shoppassadmin'
}
