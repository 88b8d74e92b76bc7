const WEAK = ['123456', 'password', 'qwerty']

export const isWeak = (password: string) => WEAK.includes(password)
