import { commonPasswords } from './common-passwords.js'

export const isCommon = (password) => commonPasswords.includes(password.toLowerCase())
