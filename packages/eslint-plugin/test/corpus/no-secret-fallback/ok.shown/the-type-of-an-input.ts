export const input = (show: boolean) => ({ type: show ? 'text' : 'password' })
