import { MarkdownContent } from '@backstage/core-components';
import { configApiRef, useApi } from '@backstage/frontend-plugin-api';

/** The first card of the home page: the three questions that a portal answers. */
export const StartHere = () => {
  const organization = useApi(configApiRef).getOptionalString('organization.name') ?? 'your organization';
  return (
    <MarkdownContent
      content={`
- **What do we run, and who owns it?** The [catalog](/catalog) has every component, API and system of ${organization}.
- **How do I get something done?** [Create](/create) has a form for it, such as a question for the platform team.
- **Where is it written down?** [Docs](/docs) and [search](/search) find it.
`}
    />
  );
};
