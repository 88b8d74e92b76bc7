export const read = (part: 'env' | 'argv') => process[part]
