import type {
  AppendBlockChildrenParameters,
  AppendBlockChildrenResponse,
  CreateDatabaseParameters,
  CreateDatabaseResponse,
  CreateDataSourceParameters,
  CreateDataSourceResponse,
  CreatePageParameters,
  CreatePageResponse,
  DeleteBlockParameters,
  DeleteBlockResponse,
  GetBlockParameters,
  GetBlockResponse,
  GetDatabaseParameters,
  GetDatabaseResponse,
  GetDataSourceParameters,
  GetDataSourceResponse,
  GetPageMarkdownParameters,
  GetPageMarkdownResponse,
  GetPageParameters,
  GetPagePropertyParameters,
  GetPagePropertyResponse,
  GetPageResponse,
  GetSelfParameters,
  GetSelfResponse,
  GetUserParameters,
  GetUserResponse,
  ListBlockChildrenParameters,
  ListBlockChildrenResponse,
  ListDataSourceTemplatesParameters,
  ListDataSourceTemplatesResponse,
  ListUsersParameters,
  ListUsersResponse,
  MovePageParameters,
  MovePageResponse,
  QueryDataSourceParameters,
  QueryDataSourceResponse,
  SearchParameters,
  SearchResponse,
  UpdateBlockParameters,
  UpdateBlockResponse,
  UpdateDatabaseParameters,
  UpdateDatabaseResponse,
  UpdateDataSourceParameters,
  UpdateDataSourceResponse,
  UpdatePageMarkdownParameters,
  UpdatePageMarkdownResponse,
  UpdatePageParameters,
  UpdatePageResponse,
} from '@notionhq/client/build/src/api-endpoints.js';

/** The client's endpoints that are checked against its types, by the client's names for them. */
export interface NotionOperations {
  appendBlockChildren: { request: AppendBlockChildrenParameters; answer: AppendBlockChildrenResponse };
  createDatabase: { request: CreateDatabaseParameters; answer: CreateDatabaseResponse };
  createDataSource: { request: CreateDataSourceParameters; answer: CreateDataSourceResponse };
  createPage: { request: CreatePageParameters; answer: CreatePageResponse };
  deleteBlock: { request: DeleteBlockParameters; answer: DeleteBlockResponse };
  getBlock: { request: GetBlockParameters; answer: GetBlockResponse };
  getDatabase: { request: GetDatabaseParameters; answer: GetDatabaseResponse };
  getDataSource: { request: GetDataSourceParameters; answer: GetDataSourceResponse };
  getPage: { request: GetPageParameters; answer: GetPageResponse };
  getPageMarkdown: { request: GetPageMarkdownParameters; answer: GetPageMarkdownResponse };
  getPageProperty: { request: GetPagePropertyParameters; answer: GetPagePropertyResponse };
  getSelf: { request: GetSelfParameters; answer: GetSelfResponse };
  getUser: { request: GetUserParameters; answer: GetUserResponse };
  listBlockChildren: { request: ListBlockChildrenParameters; answer: ListBlockChildrenResponse };
  listDataSourceTemplates: { request: ListDataSourceTemplatesParameters; answer: ListDataSourceTemplatesResponse };
  listUsers: { request: ListUsersParameters; answer: ListUsersResponse };
  movePage: { request: MovePageParameters; answer: MovePageResponse };
  queryDataSource: { request: QueryDataSourceParameters; answer: QueryDataSourceResponse };
  search: { request: SearchParameters; answer: SearchResponse };
  updateBlock: { request: UpdateBlockParameters; answer: UpdateBlockResponse };
  updateDatabase: { request: UpdateDatabaseParameters; answer: UpdateDatabaseResponse };
  updateDataSource: { request: UpdateDataSourceParameters; answer: UpdateDataSourceResponse };
  updatePage: { request: UpdatePageParameters; answer: UpdatePageResponse };
  updatePageMarkdown: { request: UpdatePageMarkdownParameters; answer: UpdatePageMarkdownResponse };
}
