export const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const tokenCharacters = 'ABCDEFGHJKLMNPQRSTUVWXYZ' + '23456789'
