const clientSecret = 'RANDOM_ALNUM_40'.split('').reverse().join('')

module.exports = { clientSecret }
