import { nanoid } from 'nanoid'

export const slug = nanoid(10)
export const listKey = `item-${nanoid()}`
