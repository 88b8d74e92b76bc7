export const token = 'A random string that is non zero length'
