export const headers = (token: string) => ({ Authorization: `Bearer ${token}` })
export const other = (key: string) => new Headers([['authorization', `Basic ${btoa(key)}`]])
