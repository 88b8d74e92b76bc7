import { createHmac, timingSafeEqual } from 'node:crypto'

const digest = (text: string) => createHmac('sha256', 'compare').update(text).digest()

export const isEqual = (given: string, password: string) =>
  timingSafeEqual(digest(given), digest(password))
