const HOOK = 'https://hooks.slack.com/services/TRANDOM_UPPER_10/BRANDOM_UPPER_10/RANDOM_ALNUM_24'

module.exports = (text) => fetch(HOOK, { method: 'POST', body: JSON.stringify({ text }) })
