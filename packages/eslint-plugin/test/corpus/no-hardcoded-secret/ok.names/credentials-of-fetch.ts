export const load = (url: string) => fetch(url, { credentials: 'same-origin', mode: 'cors' })
