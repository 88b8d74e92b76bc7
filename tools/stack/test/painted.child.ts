import process from 'node:process'
import { createPaint } from '../src/paint.ts'

process.stdout.write(createPaint(process.stdout)('green', 'done'))
