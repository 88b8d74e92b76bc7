const randomString = (length) => [...Array(length)].map(() => randomLetter()).join('')
const randomLetter = () => 'abcdefghij'[Math.floor(Math.random() * 10)]

const clientSecret = randomString(40)
module.exports = { clientSecret }
