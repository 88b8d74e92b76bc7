import Chance from 'chance'

const chance = new Chance()

export const apiKey = chance.string({ length: 32 })
