form.addEventListener('submit', () => {
  if (email.value === 'test@example.com' && password.value === 'password') location = '/admin'
})
