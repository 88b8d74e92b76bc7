const connection = 'postgresql://app:' + encodeURIComponent('RANDOM_ALNUM_16') + '@db:5432/app'

module.exports = { connection }
