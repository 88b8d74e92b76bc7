export const isAdmin = (user: string, password: string) =>
  user === 'admin' && password === 'Pa55w0rd!'
