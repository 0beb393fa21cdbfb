"""The extensions of Backstage's own frontend packages, by their ids.

An id that none of the installed packages has is only a warning in the browser's console, and the change is not made.
Source: each package's `dist/alpha.d.ts`, which names the extensions of its plugin; frontend-app-api 0.16.8,
tree/resolveAppNodeSpecs (INVALID_EXTENSION_CONFIG_KEY). Ids of a team's own packages are not known here.
"""

from __future__ import annotations

from collections.abc import Mapping

# By package and version.
EXTENSIONS: Mapping[tuple[str, str], str] = {
    ("@backstage/plugin-api-docs", "0.14.5"): """
        api:api-docs/config entity-card:api-docs/consumed-apis entity-card:api-docs/consuming-components
        entity-card:api-docs/definition entity-card:api-docs/has-apis entity-card:api-docs/provided-apis
        entity-card:api-docs/providing-components entity-content:api-docs/apis entity-content:api-docs/definition
        page:api-docs
    """,
    ("@backstage/plugin-app", "0.5.3"): """
        api:app/alert api:app/analytics api:app/app-language api:app/app-theme api:app/atlassian-auth
        api:app/bitbucket-auth api:app/bitbucket-server-auth api:app/components api:app/dialog api:app/discovery
        api:app/error api:app/feature-flags api:app/fetch api:app/github-auth api:app/gitlab-auth api:app/google-auth
        api:app/icons api:app/microsoft-auth api:app/oauth-request api:app/okta-auth api:app/onelogin-auth
        api:app/openshift-auth api:app/permission api:app/plugin-header-actions api:app/plugin-wrapper
        api:app/scm-auth api:app/scm-integrations api:app/storage api:app/swappable-components api:app/toast
        api:app/toast-forwarder api:app/translations api:app/vmware-cloud-auth app-root-element:app/alert-display
        app-root-element:app/dialog-display app-root-element:app/oauth-request-dialog component:app/core-error-display
        component:app/core-not-found-error-page component:app/core-page-layout component:app/core-progress
        sign-in-page:app theme:app/dark theme:app/light
    """,
    ("@backstage/plugin-catalog", "2.0.9"): """
        api:catalog api:catalog/entity-presentation api:catalog/starred-entities catalog-filter:catalog/kind
        catalog-filter:catalog/lifecycle catalog-filter:catalog/list catalog-filter:catalog/mode
        catalog-filter:catalog/namespace catalog-filter:catalog/processing-status catalog-filter:catalog/tag
        catalog-filter:catalog/type entity-card:catalog/about entity-card:catalog/depends-on-components
        entity-card:catalog/depends-on-resources entity-card:catalog/has-components entity-card:catalog/has-resources
        entity-card:catalog/has-subcomponents entity-card:catalog/has-subdomains entity-card:catalog/has-systems
        entity-card:catalog/labels entity-card:catalog/links entity-content:catalog/overview
        entity-context-menu-item:catalog/copy-entity-url entity-context-menu-item:catalog/inspect-entity
        entity-context-menu-item:catalog/unregister-entity entity-icon-link:catalog/view-source page:catalog
        page:catalog/entity search-result-list-item:catalog
    """,
    ("@backstage/plugin-catalog-graph", "0.6.8"): """
        api:catalog-graph entity-card:catalog-graph/relations page:catalog-graph
    """,
    ("@backstage/plugin-home", "0.9.10"): """
        api:home/visits app-root-element:home/visit-listener home-page-widget:home/most-visited
        home-page-widget:home/random-joke home-page-widget:home/recently-visited
        home-page-widget:home/starred-entities home-page-widget:home/toolkit home-page-widget:home/world-clock
        page:home
    """,
    ("@backstage/plugin-kubernetes", "0.12.23"): """
        api:kubernetes api:kubernetes/auth-providers api:kubernetes/cluster-link-formatter api:kubernetes/proxy
        entity-content:kubernetes/kubernetes
    """,
    ("@backstage/plugin-notifications", "0.6.0"): """
        api:notifications home-page-widget:notifications/unread-notifications page:notifications
    """,
    ("@backstage/plugin-org", "0.7.9"): """
        entity-card:org/group-profile entity-card:org/members-list entity-card:org/ownership
        entity-card:org/user-profile
    """,
    ("@backstage/plugin-scaffolder", "1.39.0"): """
        api:scaffolder api:scaffolder/form-decorators api:scaffolder/form-fields
        entity-icon-link:scaffolder/launch-template page:scaffolder
        scaffolder-form-field:scaffolder/entity-name-picker scaffolder-form-field:scaffolder/entity-picker
        scaffolder-form-field:scaffolder/entity-tags-picker scaffolder-form-field:scaffolder/multi-entity-picker
        scaffolder-form-field:scaffolder/my-groups-picker scaffolder-form-field:scaffolder/owned-entity-picker
        scaffolder-form-field:scaffolder/owner-picker scaffolder-form-field:scaffolder/repo-branch-picker
        scaffolder-form-field:scaffolder/repo-owner-picker scaffolder-form-field:scaffolder/repo-url-picker
        sub-page:scaffolder/actions sub-page:scaffolder/editor sub-page:scaffolder/tasks sub-page:scaffolder/templates
        sub-page:scaffolder/templating-extensions
    """,
    ("@backstage/plugin-search", "1.7.8"): """
        api:search home-page-widget:search/search-bar page:search
    """,
    ("@backstage/plugin-signals", "0.0.35"): """
        api:signals
    """,
    ("@backstage/plugin-techdocs", "1.18.1"): """
        api:techdocs api:techdocs/addons api:techdocs/storage empty-state:techdocs/entity-content
        entity-content:techdocs entity-icon-link:techdocs/read-docs page:techdocs page:techdocs/reader
        plugin-header-action:techdocs search-filter-result-type:techdocs search-result-list-item:techdocs
    """,
    ("@backstage/plugin-user-settings", "0.9.7"): """
        page:user-settings sub-page:user-settings/auth-providers sub-page:user-settings/feature-flags
        sub-page:user-settings/general
    """,
}


def extension_ids() -> frozenset[str]:
    """All of them."""
    return frozenset(word for words in EXTENSIONS.values() for word in words.split())
