export const form = (req, res) => res.render('login', { password: '', error: 'wrong password' })
