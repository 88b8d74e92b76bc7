import { secret } from '../../secret.ts'
import express from 'express'
const app = express()
app.set('key', secret.expose())
export const key = app.get('key')
