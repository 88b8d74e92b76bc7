import { createHmac } from 'node:crypto'

const boot = String(Math.random())

export const mac = (text: string) => createHmac('sha256', boot).update(text).digest('hex')
