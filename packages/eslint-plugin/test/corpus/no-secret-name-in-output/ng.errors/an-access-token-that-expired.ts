import createError from 'http-errors'
export const expired = (accessToken: string) => createError(401, `${accessToken} has expired`)
