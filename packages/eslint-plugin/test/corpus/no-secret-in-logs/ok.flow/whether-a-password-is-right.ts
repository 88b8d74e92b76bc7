import { secret } from '../../secret.ts'
import bcrypt from 'bcrypt'
declare const stored: string
const matches = await bcrypt.compare(secret.expose(), stored)
console.log('login', matches)
