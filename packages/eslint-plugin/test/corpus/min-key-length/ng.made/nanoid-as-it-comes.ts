import { nanoid } from 'nanoid'

export const apiKey = nanoid()
