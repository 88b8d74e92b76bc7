import { canMask, isLowEntropy, isMaskable } from './internal.ts'
import { expect, it } from 'vitest'

it.each([
  ['nothing at all', ''],
  ['three different characters', 'zzqj'],
  ['words', 'correct horse'],
  ['words in capital letters', 'THE CAT ATE'],
  ['words that begin with capital letters', 'TheCatAte'],
  ['a number', '12345'],
  ['a long number', '12345678901234567890'],
  ['a number between words', 'word2word'],
  ['a number after each word', 'word2word3'],
  ['a word between numbers', '1word2'],
  ['a number before each word', '1word2word'],
  ['accents on half of the letters', 'ibaéèê'],
  ['short words in a short text', 'the cat ate fig'],
  ['longer words in a long text', 'word some word some word'],
  ['three numerals in a long run of letters', 'somewordstogether123'],
  ['a `q` before a vowel', 'quota'],
  ['a `j` after a vowel', 'major'],
  ['four consonants in a row', 'abcdfa'],
])('people write %s', (_, text) => {
  expect(isLowEntropy(text)).toBe(true)
})

it.each([
  ['four different consonants', 'zqjx'],
  ['a byte that is no character', 'correct\x01horse'],
  ['numbers around words', '1word2word3'],
  ['longer numbers between words', '1word22word3'],
  ['words around numbers', 'word1word2word'],
  ['words around numbers, the first of which is longer', 'word11word2word'],
  ['words around numbers, the second of which is longer', 'word1word22word'],
  ['accents alone', 'éàüöñ'],
  ['more accents than other letters', 'ibaéèêë'],
  ['runs of two letters', 'it is on us at'],
  ['runs of three letters in 20 characters', 'the cat ate fig end1'],
  ['runs of three letters in a longer text', 'the cat ate the fig now'],
  ['four numerals in a run of 20', 'somewordtogether1234'],
  ['four numerals in one long run of two', 'somewordtogether1234 somewordstogetherwithout'],
  ['five consonants in a row', 'abcdfga'],
  ['a `q` before a consonant', 'aqbeto'],
  ['a `q` after a consonant', 'abqeto'],
])('people do not write %s', (_, text) => {
  expect(isLowEntropy(text)).toBe(false)
})

it.each([
  ['random text of the least length', 'zqjxkvbw', true],
  ['random text that is shorter', 'zqjxkvb', false],
  ['a word with a number', 'postgres1', false],
  ['words of 15 characters', 'correct horse a', false],
  ['words of 16 characters, a passphrase,', 'correct horse at', true],
  ['three characters again and again', 'abcabcabcabcabcabc', false],
])('%s is masked wherever it appears: %3$s', (_, text, expected) => {
  expect(canMask(text)).toBe(expected)
})

it('the caller chooses the least length of what is masked', () => {
  expect([4, 5].map((length) => isMaskable('zqjx', length))).toEqual([true, false])
})
