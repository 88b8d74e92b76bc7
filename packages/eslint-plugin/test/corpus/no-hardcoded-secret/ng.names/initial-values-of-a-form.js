import { useState } from 'react'

export const useLogin = () => useState({ email: 'admin@example.com', password: 'Admin123!' })
