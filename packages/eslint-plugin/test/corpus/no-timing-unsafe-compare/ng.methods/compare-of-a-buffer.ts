import { Buffer } from 'node:buffer'
import { secret } from '../../secret.ts'

const key = Buffer.from(secret.expose(), 'utf8')
export const isKey = (presented: Buffer) => presented.compare(key) === 0
