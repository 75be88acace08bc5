import { defineEntity, email, phoneNumber, relationToMany, richText, select, title } from './define.ts';

export const people = defineEntity({
  name: 'people',
  table: 'people',
  databaseId: '2f865bc2-3a65-8066-a0d9-f4a1ed51ba9d',
  title: 'People',
  fields: {
    name: title('Name'),
    relationship: select('Relationship', ['Family', 'Friend', 'Colleague', 'Client']),
    email: email('Email'),
    phone: phoneNumber('Phone'),
    notes: richText('Notes'),
    projects: relationToMany('Projects', 'projects', 'person_projects', ['person_id', 'project_id']),
    tags: relationToMany('Tags', 'tags', 'person_tags', ['person_id', 'tag_id']),
  },
});
