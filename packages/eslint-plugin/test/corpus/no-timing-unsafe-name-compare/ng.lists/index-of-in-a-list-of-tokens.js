import { validTokens } from './tokens.js'

export const isValid = (token) => validTokens.indexOf(token) > -1
