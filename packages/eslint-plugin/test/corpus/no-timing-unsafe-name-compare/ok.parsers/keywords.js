import { keywords } from './keywords.js'

export const isKeyword = (token) => keywords.includes(token) || token === keywords[0]
