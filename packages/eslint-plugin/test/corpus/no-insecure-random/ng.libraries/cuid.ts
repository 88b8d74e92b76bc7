import cuid from 'cuid'

export const issue = (user: string) => ({ user, token: cuid() })
