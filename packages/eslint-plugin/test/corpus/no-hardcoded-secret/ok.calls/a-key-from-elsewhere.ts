import { createHmac } from 'node:crypto'
import jwt from 'jsonwebtoken'
import type { Secret } from '../../secret.ts'

export const sign = (key: Secret, text: string) => [
  jwt.sign({ text }, key.expose()),
  createHmac('sha256', key.expose()).update(text).digest('hex'),
]
