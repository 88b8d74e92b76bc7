import { CLOSE_PAREN, EOF } from './characters.js'

export const isDone = (token) => token === EOF || token === CLOSE_PAREN
