const password = document.querySelector('#login-form1 input[name="password"]')
const token = $('meta[name="csrf-token2"]')

module.exports = { password, token }
