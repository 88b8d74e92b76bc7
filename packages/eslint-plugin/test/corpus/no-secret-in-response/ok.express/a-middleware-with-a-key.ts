import { secret } from '../../secret.ts'
import express from 'express'
import session from 'express-session'
const app = express()
app.use(session({ secret: secret.expose(), resave: false, saveUninitialized: false }))
