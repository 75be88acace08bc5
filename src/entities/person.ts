/** Whether a person in SQL is named by e-mail. An id has no "@". */
export const isEmail = (person: string): boolean => person.includes('@');
