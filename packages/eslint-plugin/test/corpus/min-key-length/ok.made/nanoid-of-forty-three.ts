import { nanoid } from 'nanoid'

export const apiKey = nanoid(43)
