export const API_KEY = 'qR7.RANDOM_DIGITS_6Zx'
