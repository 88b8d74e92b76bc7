import createError from 'http-errors'
export const refuse = (user: string, password: string) => {
  if (password === '') throw createError(401, `no password for ${user}`)
}
