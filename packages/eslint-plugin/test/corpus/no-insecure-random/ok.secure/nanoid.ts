import { nanoid } from 'nanoid'

export const accessToken = nanoid(43)
