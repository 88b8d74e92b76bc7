export const passwordStrength = Math.random() * 100
export const tokenCount = Math.floor(Math.random() * 10)
